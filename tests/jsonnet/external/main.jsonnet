local environment = std.extVar('environment');
local database = std.extVar('database');

{
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'database-' + environment },
  stringData: {
    url: 'postgres://%(host)s:%(port)d/%(name)s' % database,
    pool: std.toString(database.pool),
  },
  data: { name: std.base64(database.name) },
}
