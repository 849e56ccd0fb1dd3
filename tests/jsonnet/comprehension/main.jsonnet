local regions = { eu: { zones: 3, active: true }, us: { zones: 2, active: true }, ap: { zones: 1, active: false } };
local zone(region, index) = region + '-' + std.char(std.codepoint('a') + index);

{
  [region]: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'region-' + region, labels: { region: region } },
    data: { [zone(region, index)]: std.toString(index) for index in std.range(0, regions[region].zones - 1) },
  }
  for region in std.objectFields(regions)
  if regions[region].active
} + {
  matrix: [
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: '%s-%s' % [task, region] },
      spec: { schedule: '%d %d * * *' % [std.length(task), hour], suspend: region == 'ap' },
    }
    for task in std.set(['sync', 'report', 'sync'])
    for region in std.sort(std.objectFields(regions), keyF=function(name) -regions[name].zones)
    for hour in [if region == 'eu' then 1 else 5]
  ],
}
