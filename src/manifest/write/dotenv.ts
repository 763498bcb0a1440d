/**
 * One `KEY=VALUE` line that Node, dotenv, docker compose and a shell read alike; undefined where there is none. In single quotes nothing has a
 * meaning of its own, in double quotes only what is excluded here.
 */
export function dotenvLine(key: string, value: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) || /[\0\r]/.test(value)) return undefined;
  if (/^[\w./:@%+,?=-]*$/.test(value)) return `${key}=${value}\n`;
  if (!value.includes("'")) return `${key}='${value}'\n`;
  return /["$`\\]/.test(value) ? undefined : `${key}="${value}"\n`;
}
