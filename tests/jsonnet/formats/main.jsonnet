local settings = {
  name: 'shop',
  ratio: 0.1 + 0.2,
  tiny: 1e-7,
  large: 12345678901234567,
  enabled: true,
  nothing: null,
  list: [1, 'two', { three: 3 }, []],
  nested: { empty: {}, text: 'line one\nline two\n', quote: '"\'' },
};

{
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'formats' },
  data: {
    'settings.json': std.manifestJson(settings),
    'compact.json': std.manifestJsonMinified(settings),
    'settings.yaml': std.manifestYamlDoc(settings, indent_array_in_object=true, quote_keys=false),
    'stream.yaml': std.manifestYamlStream([settings, [1, 2]]),
    'settings.py': std.manifestPythonVars({ NAME: 'shop', PORTS: [80, 443] }),
    'settings.ini': std.manifestIni({ main: { level: 'info' }, sections: { server: { port: 8080, hosts: ['a', 'b'] } } }),
    'settings.toml': std.manifestTomlEx({ title: 'shop', server: { port: 8080, ratio: 0.5 } }, '  '),
    'page.xml': std.manifestXmlJsonml(['page', { id: 1 }, ['title', 'A & B'], 'text']),
    'escaped': std.escapeStringBash("it's") + std.escapeStringXML('<a>') + std.escapeStringDollars('$x'),
  },
}
