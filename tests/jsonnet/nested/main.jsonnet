local map(name) = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name } };

[
  map('first'),
  {
    group: {
      one: map('in-a-map'),
      more: [map('in-an-array'), { deeper: { still: map('deep') } }],
    },
    skipped: null,
    hidden:: map('hidden'),
  },
  { apiVersion: 'v1', kind: 'List', items: [map('listed'), map('listed-too')] },
  [[map('array-in-array')]],
]
