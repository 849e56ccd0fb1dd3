local mixin = (import 'mixin.libsonnet') {
  _config+:: { severity: 'critical', thresholds+: { errorRate: 0.01 } },
  prometheusAlerts+:: {
    groups: [
      group { rules: [rule { labels+: { team: 'payments' } } for rule in group.rules if rule.alert != 'Noise'] }
      for group in super.groups
    ],
  },
};

{
  'prometheus-rule': {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'shop' },
    spec: mixin.prometheusAlerts,
  },
} + {
  ['dashboard-' + std.strReplace(name, '.json', '')]: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: std.strReplace(name, '.json', '-dashboard') },
    data: { [name]: std.manifestJsonEx(mixin.grafanaDashboards[name], '  ') },
  }
  for name in std.objectFields(mixin.grafanaDashboards)
}
