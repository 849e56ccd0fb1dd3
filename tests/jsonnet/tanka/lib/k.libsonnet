{
  local meta(name, labels) = { metadata: { name: name, labels: labels } },
  deployment(name, image, replicas=1, labels={ app: name }):: meta(name, labels) {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      replicas: replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: labels },
        spec: { containers: [{ name: name, image: image }] },
      },
    },
  },
  service(name, port, labels={ app: name }):: meta(name, labels) {
    apiVersion: 'v1',
    kind: 'Service',
    spec: { selector: labels, ports: [{ name: 'http', port: port, targetPort: port }] },
  },
}
