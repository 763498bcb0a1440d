/** What lockstep writes about a policy. Conditions as in metav1.Condition. */
export const crdStatus = {
  type: 'object',
  description: 'What lockstep says of the policy. Written by lockstep alone.',
  properties: {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description:
        'The metadata.generation of the policy that the conditions are about. An older one: it has not been looked at yet.',
    },
    conditions: {
      type: 'array',
      maxItems: 16,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      description:
        'Ready: the policy is what the webhooks judge by; False with reason Invalid: it is not, and the last good version stays in force. ExceptionsExpired and PrecedenceTied are there only where they are true.',
      items: {
        type: 'object',
        required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
        properties: {
          type: {
            type: 'string',
            maxLength: 316,
            pattern: '^[A-Za-z]([A-Za-z0-9_./-]*[A-Za-z0-9])?$',
            description: 'What the condition is about: Ready, ExceptionsExpired or PrecedenceTied.',
          },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it is so.' },
          observedGeneration: {
            type: 'integer',
            format: 'int64',
            minimum: 0,
            description: 'The metadata.generation that the condition is about.',
          },
          lastTransitionTime: {
            type: 'string',
            format: 'date-time',
            description: 'When the status of the condition last changed.',
          },
          reason: {
            type: 'string',
            minLength: 1,
            maxLength: 1024,
            pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
            description: 'One word for the status, e.g. InForce or Invalid.',
          },
          message: {
            type: 'string',
            maxLength: 32768,
            description: 'The same for people: where the policy is wrong, and what to do.',
          },
        },
      },
    },
  },
};
