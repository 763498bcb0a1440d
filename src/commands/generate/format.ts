export const SECRET_FORMATS = ['yaml', 'env', 'json'] as const;
export type SecretFormat = (typeof SECRET_FORMATS)[number];
