{{- define "platform.host" -}}
{{ . | trimSuffix ".example.com" }}
{{- end -}}
