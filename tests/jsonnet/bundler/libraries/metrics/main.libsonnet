local names = import './names.libsonnet';

{
  monitor(name):: {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: names.qualified(name) },
    spec: { endpoints: [{ port: 'metrics', interval: '30s' }], selector: { matchLabels: { app: name } } },
  },
}
