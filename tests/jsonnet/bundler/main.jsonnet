local config = import 'github.com/acme/k-libs/config/config.libsonnet';
local metrics = import 'metrics/main.libsonnet';

[metrics.monitor(name) for name in ['shop', 'cart']] + [config.map('settings', { level: 'debug', retries: '3' })]
