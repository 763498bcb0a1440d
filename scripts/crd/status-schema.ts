/** Fields of a status that kinds share. `of`: what the object is. */
export const observedGeneration = (of: string): object => ({
  type: 'integer',
  format: 'int64',
  minimum: 0,
  description: `The metadata.generation of the ${of} that the conditions are about. An older one: it has not been looked at yet.`,
});

/**
 * Conditions as in metav1.Condition. `types` and `reasons` are for the reader: the API server takes others, from a
 * lockstep that is newer.
 */
export const conditionsOf = (of: string, types: string, reasons: string, description: string): object => ({
  type: 'array',
  maxItems: 16,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  description,
  items: {
    type: 'object',
    required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
    properties: {
      type: {
        type: 'string',
        maxLength: 316,
        pattern: '^[A-Za-z]([A-Za-z0-9_./-]*[A-Za-z0-9])?$',
        description: `What the condition is about: ${types}.`,
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
        description: `One word for the status, e.g. ${reasons}.`,
      },
      message: {
        type: 'string',
        maxLength: 32768,
        description: `The same for people: where the ${of} is wrong, and what to do.`,
      },
    },
  },
});
