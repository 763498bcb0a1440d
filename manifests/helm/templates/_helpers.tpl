{{/* The labels of a pod: (list . LABELS). LABELS count more than the common ones. */}}
{{- define "lockstep.podLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: lockstep
app.kubernetes.io/part-of: lockstep
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
{{- with merge (dict) (index . 1 | default dict) ($root.Values.commonLabels | default dict) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The labels of an object: (list . LABELS). A pod lacks the version, so that a new chart alone restarts none. */}}
{{- define "lockstep.furtherLabels" -}}
{{- $root := index . 0 -}}
{{ include "lockstep.podLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "lockstep.labels" -}}
{{ include "lockstep.furtherLabels" (list . dict) }}
{{- end }}

{{/* A field with a value, unless the value is empty: (list FIELD VALUE). */}}
{{- define "lockstep.field" -}}
{{- with index . 1 -}}
{{ index $ 0 }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "lockstep.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* A variable with the items of a list, unless the list is empty: (list NAME LIST). */}}
{{- define "lockstep.listVariable" -}}
{{- with index . 1 -}}
- name: {{ index $ 0 }}
  value: {{ join "," . | quote }}
{{- end }}
{{- end }}

{{/* A variable, unless the program has the same default: (list NAME VALUE DEFAULT). */}}
{{- define "lockstep.variable" -}}
{{- if ne (toString (index . 1)) (index . 2) -}}
- name: {{ index . 0 }}
  value: {{ index . 1 | quote }}
{{- end }}
{{- end }}

{{/* The options that both components have: (list . COMPONENT). */}}
{{- define "lockstep.commonOptions" -}}
{{- $root := index . 0 }}
{{- $values := $root.Values }}
{{- $own := index $values (index . 1) }}
{{- include "lockstep.variable" (list "LOCKSTEP_MAX_ACTION" $values.maxAction "Enforce") }}
{{ include "lockstep.listVariable" (list "LOCKSTEP_EXCLUDED_NAMESPACES" $values.excludedNamespaces) }}
{{ include "lockstep.listVariable" (list "LOCKSTEP_NO_BUILTIN" $values.noBuiltin) }}
{{ include "lockstep.listVariable" (list "LOCKSTEP_POLICY" $values.policyPaths) }}
{{ include "lockstep.variable" (list "LOCKSTEP_LOG_LEVEL" ($own.logLevel | default $values.logLevel) "info") }}
{{- end }}

{{/* The nodes of the pods of a component, and the account of their processes: (list . COMPONENT). */}}
{{- define "lockstep.podFields" -}}
{{- $root := index . 0 }}
{{- $component := index . 1 }}
{{- $values := $root.Values }}
{{- $own := index $values $component }}
{{- $selector := dict "matchLabels" (dict "app.kubernetes.io/name" "lockstep" "app.kubernetes.io/component" $component) -}}
automountServiceAccountToken: true
enableServiceLinks: false
serviceAccountName: lockstep-{{ $component }}
{{ include "lockstep.field" (list "securityContext" $own.podSecurityContext) }}
{{- with $own.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $own.topologySpreadConstraints }}
topologySpreadConstraints:
{{- range . }}
- {{- toYaml (merge (dict) . (hasKey . "labelSelector" | ternary (dict) (dict "labelSelector" $selector))) | nindent 2 }}
{{- end }}
{{- end }}
{{ include "lockstep.field" (list "affinity" $own.affinity) }}
{{ include "lockstep.field" (list "imagePullSecrets" $values.imagePullSecrets) }}
{{ include "lockstep.field" (list "nodeSelector" (merge (dict) ($own.nodeSelector | default dict) ($values.nodeSelector | default dict))) }}
{{ include "lockstep.field" (list "tolerations" (concat ($values.tolerations | default list) ($own.tolerations | default list))) }}
{{- end }}
