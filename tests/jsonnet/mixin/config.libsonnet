{
  _config+:: {
    selector: 'job="shop"',
    interval: '5m',
    thresholds: { errorRate: 0.05, latencySeconds: 1.5 },
    severity: 'warning',
  },
}
