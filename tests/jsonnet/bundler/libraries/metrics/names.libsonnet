{ qualified(name):: 'metrics-' + name }
