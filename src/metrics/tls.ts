import { Gauge, type Registry } from 'prom-client';

export interface TlsMetrics {
  readonly setCertificateExpiry: (notAfter: Date) => void;
  readonly setCaExpiry: (notAfter: Date) => void;
  /** The seconds by which the API server's clock is ahead of this machine's. */
  readonly setClockOffset: (seconds: number) => void;
  readonly setTlsFailing: (failing: boolean) => void;
}

/** An unknown value is NaN, because no comparison of an alert holds for it. */
export function tlsMetrics(registry: Registry): TlsMetrics {
  const registers = [registry];
  const certificate = new Gauge({
    name: 'lockstep_tls_certificate_expiration_timestamp_seconds',
    help: 'Expiry of the serving certificate, in seconds since 1970. Subtract time() for the remaining time.',
    registers,
  });
  const ca = new Gauge({
    name: 'lockstep_tls_ca_expiration_timestamp_seconds',
    help: 'Expiry of the CA that signs the serving certificate, in seconds since 1970; NaN if lockstep does not keep a CA.',
    registers,
  });
  const offset = new Gauge({
    name: 'lockstep_tls_clock_offset_seconds',
    help: "Seconds by which the API server's clock is ahead of this machine's; NaN before its first answer.",
    registers,
  });
  const failing = new Gauge({
    name: 'lockstep_tls_failing',
    help: '1 while lockstep can not renew the certificate or its CA. It keeps the last certificate.',
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
