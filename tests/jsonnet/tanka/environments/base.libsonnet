(import 'shop/shop.libsonnet') {
  _config+:: { name: 'front' },
}
