{
  prometheusAlerts+:: {
    groups+: [{
      name: 'shop',
      rules: [
        {
          alert: 'HighErrorRate',
          expr: |||
            sum(rate(http_requests_total{%(selector)s, code=~"5.."}[%(interval)s]))
              /
            sum(rate(http_requests_total{%(selector)s}[%(interval)s])) > %(limit)g
          ||| % ($._config { limit: $._config.thresholds.errorRate }),
          'for': $._config.interval,
          labels: { severity: $._config.severity },
          annotations: { summary: 'More than {{ $value | humanizePercentage }} of requests fail.' },
        },
        {
          alert: 'SlowRequests',
          expr: 'histogram_quantile(0.99, sum by (le) (rate(latency_bucket{%(selector)s}[%(interval)s]))) > %(limit).1f'
                % ($._config { limit: $._config.thresholds.latencySeconds }),
          labels: { severity: 'critical' },
        },
      ],
    }],
  },
}
