local base = import '../base.libsonnet';

base {
  _config+:: { replicas: 3 },
  shop+: {
    deployment+: {
      spec+: { template+: { metadata+: { annotations+: { 'example.com/checksum': std.md5('config') } } } },
    },
  },
  namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-prod' } },
}
