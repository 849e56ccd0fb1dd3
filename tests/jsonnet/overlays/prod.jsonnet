local values = std.parseYaml(importstr 'values.yaml');
local patch = { metadata: { labels: { tier: 'front', old: null } } };

local result = (import 'base.libsonnet') + (import 'sidecar.libsonnet') + {
  config+:: { name: values.name, ports+: values.ports, env+: values.env, features+: { cache: true } },
  deployment+: { metadata+: { labels: { old: 'yes' } } },
};

{
  deployment: std.mergePatch(result.deployment, patch),
  cache: result.cache,
  mode: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mode' }, data: std.prune({ mode: '%o' % values.mode, none: null }) },
}
