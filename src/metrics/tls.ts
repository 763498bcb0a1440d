import { Gauge, type Registry } from 'prom-client';

export interface TlsMetrics {
  readonly setCertificateExpiry: (notAfter: Date) => void;
  readonly setCaExpiry: (notAfter: Date) => void;
  /** Seconds by which the API server's clock is ahead of this machine's. */
  readonly setClockOffset: (seconds: number) => void;
  readonly setTlsFailing: (failing: boolean) => void;
}

/** What is not known is NaN: with it no comparison of an alert holds. */
export function tlsMetrics(registry: Registry): TlsMetrics {
  const registers = [registry];
  const certificate = new Gauge({
    name: 'lockstep_tls_certificate_expiration_timestamp_seconds',
    help: 'When the serving certificate expires, in seconds since 1970; subtract time() for what is left.',
    registers,
  });
  const ca = new Gauge({
    name: 'lockstep_tls_ca_expiration_timestamp_seconds',
    help: 'When the CA that signs the serving certificate expires, in seconds since 1970; NaN where lockstep does not keep one.',
    registers,
  });
  const offset = new Gauge({
    name: 'lockstep_tls_clock_offset_seconds',
    help: "By how much the API server's clock is ahead of this one's; NaN where it was never asked.",
    registers,
  });
  const failing = new Gauge({
    name: 'lockstep_tls_failing',
    help: '1 while the certificate or its CA can not be looked after; what was there last is served on.',
    registers,
  });
  ca.set(Number.NaN);
  offset.set(Number.NaN);
  return {
    setCertificateExpiry: (notAfter) => certificate.set(notAfter.getTime() / 1000),
    setCaExpiry: (notAfter) => ca.set(notAfter.getTime() / 1000),
    setClockOffset: (seconds) => offset.set(seconds),
    setTlsFailing: (is) => failing.set(is ? 1 : 0),
  };
}
