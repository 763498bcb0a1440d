/** The library with its ASN.1 schemas takes 10 MB: a process loads it for the first certificate that it signs. */
export { generate } from 'selfsigned';
