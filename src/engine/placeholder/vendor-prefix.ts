/** The prefixes of vendors' keys, and the first parts of a JSON Web Token. The rest of a real key is random. */
const VENDOR_PREFIX =
  /^(?:(?:sk|pk|rk)[-_](?:(?:live|test|prod|proj|ant|or|svcacct)[-_])?(?:v1[-_])?|whsec_(?:test_)?|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|xapp-|SG\.|AIza(?:Sy)?|A[KS]IA_?|AC(?=[0-9a-f_])|GOCSPX-|hf_|npm_|pypi-|dckr_pat_|ph[cx]_|sbp_|shpat_|lin_api_|dop_v1_|re_|rzp_(?:test|live)_|pplx-|gsk_|tvly-|signkey-(?:prod-|test-)?|xkeysib-|FLWSECK(?:_TEST)?-|sq0(?:csp|atp)-|glsa_|hvs\.|dp\.(?:st|pt)\.|APP_USR-|(?:SB-)?Mid-(?:server|client)-|ATATT3|figd_|ntn_|nvapi-|xai-|r8_|EAA[A-Z]|\d{6,10}:(?:AA)?|eyJ[\w-]{4,}\.(?:eyJ[\w-]*\.)?)(?=.{3})/;

/** The rest of a text behind the prefix of a vendor. */
export function behindVendorPrefix(text: string): string | undefined {
  const prefix = VENDOR_PREFIX.exec(text)?.[0];
  return prefix === undefined ? undefined : text.slice(prefix.length);
}
