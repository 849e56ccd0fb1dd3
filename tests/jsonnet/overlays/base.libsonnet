{
  local base = self,
  config:: { name: error 'a name is needed', ports: [80], env: {}, features: { cache: false } },
  assert std.length(self.config.ports) > 0 : 'no ports',
  deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: base.config.name },
    spec: {
      template: {
        spec: {
          containers: [{
            name: base.config.name,
            ports: [{ containerPort: port } for port in base.config.ports],
            env: [{ name: name, value: base.config.env[name] } for name in std.objectFields(base.config.env)],
          }],
        },
      },
    },
  },
  cache: if base.config.features.cache then { apiVersion: 'v1', kind: 'Service', metadata: { name: 'cache' } },
}
