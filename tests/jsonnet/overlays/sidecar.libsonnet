{
  local sidecar = { name: 'proxy', image: 'proxy:2' },
  deployment+: { spec+: { template+: { spec+: { containers: super.containers + [sidecar] } } } },
}
