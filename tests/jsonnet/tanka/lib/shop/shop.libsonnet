local k = import 'k.libsonnet';

{
  _config:: {
    name: 'shop',
    replicas: 1,
    port: 8080,
    image: 'registry.example.com/shop:1.0.0',
  },
  shop: {
    deployment: k.deployment($._config.name, $._config.image, $._config.replicas),
    service: k.service($._config.name, $._config.port),
  },
}
