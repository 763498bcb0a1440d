/**
 * One `KEY=VALUE` line that Node, dotenv, docker compose and a shell read alike. Undefined if no such line exists.
 * Single quotes keep every character literal; double quotes do so for all characters that are allowed here.
 */
export function dotenvLine(key: string, value: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) || /[\0\r]/.test(value)) return undefined;
  if (/^[\w./:@%+,?=-]*$/.test(value)) return `${key}=${value}\n`;
  if (!value.includes("'")) return `${key}='${value}'\n`;
  return /["$`\\]/.test(value) ? undefined : `${key}="${value}"\n`;
}
