function(environment, replicas, hosts=[], limits={ cpu: '500m' }, debug=false)
  assert replicas >= 1 : 'at least one replica';
  local name = 'api-' + environment;
  {
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: name },
      spec: {
        replicas: replicas,
        template: { spec: { containers: [{ name: 'api', resources: { limits: limits } }] } },
      },
    },
    [if std.length(hosts) > 0 then 'ingress']: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: name },
      spec: { rules: [{ host: host } for host in hosts] },
    },
    debug: if debug then { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'debug' } } else null,
  }
