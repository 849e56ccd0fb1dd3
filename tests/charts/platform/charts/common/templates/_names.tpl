{{- define "common.name" -}}
{{- $top := index . 0 -}}
{{ $top.Release.Name }}-{{ index . 1 }}
{{- end -}}
{{- define "common.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
