local script = importstr 'files/start.sh';

{
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'files', annotations: { lines: std.toString(std.length(std.split(script, '\n'))) } },
  data: {
    'start.sh': script,
    'banner.txt': importstr 'files/banner.txt',
    'upper.txt': std.asciiUpper(importstr 'files/banner.txt'),
    'nginx.conf': |||
      server {
        listen %(port)d;
        location / { proxy_pass http://%(upstream)s; }
      }
    ||| % { port: 8080, upstream: 'shop' },
  },
  binaryData: { 'logo.bin': std.base64(importbin 'files/logo.bin') },
}
