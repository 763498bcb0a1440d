import type { Component } from './component.ts';

/** The variables of a component that values set, in the order of its environment. */
export const environmentOf = (component: Component): readonly string[] => [
  ...COMMON,
  logLevel(component),
  ...OF_COMPONENT[component],
];

const list = (value: string, variable: string): string => `{{- with .Values.${value} }}
- name: ${variable}
  value: {{ join "," . | quote }}
{{- end }}`;

/** The program has the same defaults, so that the default values set no variable. */
const unless = (initial: string, value: string, variable: string): string =>
  `{{- if ne (toString .Values.${value}) ${JSON.stringify(initial)} }}
- name: ${variable}
  value: {{ .Values.${value} | quote }}
{{- end }}`;

const logLevel = (component: Component): string =>
  `{{- with .Values.${component}.logLevel | default .Values.logLevel }}
{{- if ne . "info" }}
- name: LOCKSTEP_LOG_LEVEL
  value: {{ . }}
{{- end }}
{{- end }}`;

const COMMON = [
  unless('Enforce', 'maxAction', 'LOCKSTEP_MAX_ACTION'),
  list('excludedNamespaces', 'LOCKSTEP_EXCLUDED_NAMESPACES'),
  list('noBuiltin', 'LOCKSTEP_NO_BUILTIN'),
  list('policyPaths', 'LOCKSTEP_POLICY'),
];

const OF_COMPONENT: Readonly<Record<Component, readonly string[]>> = {
  webhook: [
    list('warnOnlyUsers', 'LOCKSTEP_WARN_ONLY_USERS'),
    unless('10', 'webhook.drainSeconds', 'LOCKSTEP_DRAIN_SECONDS'),
    unless('', 'webhook.clientCaFile', 'LOCKSTEP_CLIENT_CA_FILE'),
    list('webhook.clientNames', 'LOCKSTEP_CLIENT_NAMES'),
  ],
  controller: [
    unless('5', 'controller.history', 'LOCKSTEP_HISTORY'),
    unless('3600', 'controller.resyncSeconds', 'LOCKSTEP_RESYNC_SECONDS'),
    unless('600', 'controller.rolloutSeconds', 'LOCKSTEP_ROLLOUT_SECONDS'),
    unless('120', 'controller.propagationSeconds', 'LOCKSTEP_PROPAGATION_SECONDS'),
    list('controller.restoreFieldManagers', 'LOCKSTEP_RESTORE_FIELD_MANAGERS'),
    list('controller.serverNetworks', 'LOCKSTEP_SERVER_NETWORKS'),
  ],
};
