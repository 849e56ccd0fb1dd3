{
  local panel(index, title, expr) = {
    id: index,
    title: title,
    type: 'timeseries',
    gridPos: { x: (index % 2) * 12, y: std.floor(index / 2) * 8, w: 12, h: 8 },
    targets: [{ expr: expr, refId: std.char(65 + index) }],
  },
  grafanaDashboards+:: {
    'shop.json': {
      title: 'Shop',
      uid: std.substr(std.md5('shop'), 0, 8),
      panels: std.mapWithIndex(function(index, it) panel(index, it.title, it.expr), [
        { title: 'Requests', expr: 'rate(http_requests_total{%s}[5m])' % $._config.selector },
        { title: 'Errors', expr: 'rate(http_requests_total{%s, code=~"5.."}[5m])' % $._config.selector },
      ]),
    },
  },
}
