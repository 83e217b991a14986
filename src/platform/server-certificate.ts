import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Instant } from '../lib/clock.ts';

/** A certificate and its private key, PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate is to say. */
export interface CertificateWish {
  /** DNS names and IP addresses of the server. */
  readonly names: readonly string[];
  readonly port: number;
  readonly now: Instant;
}

/** The longest that clients of some makers accept. */
const VALID_MS = 825 * 24 * 3_600_000;
/** One that ends sooner is made anew at the next start. */
const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;
/** A client's clock may be behind ours. */
const BACKDATED_MS = 24 * 3_600_000;

/**
 * Makes a certificate that signs itself, so that clients can name it as the one that they trust. Beside each name stands
 * `name:port` as a DNS name: the Amazon ECS agent compares both halves of its websockets' address with the certificate.
 * (PRG-13; RFC 5280; docs/decisions/0022)
 */
export function makeCertificate(wish: CertificateWish): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(tlv(SET, sequence(OID_COMMON_NAME, tlv(UTF8_STRING, Buffer.from('Gantry')))));
  const body = sequence(
    tlv(0xa0, tlv(INTEGER, Buffer.from([2]))),
    tlv(INTEGER, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    sequence(OID_ECDSA_SHA256),
    name,
    sequence(utcTime(wish.now - BACKDATED_MS), utcTime(wish.now + VALID_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions(wish))),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, sequence(OID_ECDSA_SHA256), bitString(0, signature));
  return {
    cert: new X509Certificate(der).toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Whether a certificate still serves: it has time left, and all the names. */
export function serves(cert: string, { names, port, now }: CertificateWish): boolean {
  const { validTo, subjectAltName = '' } = new X509Certificate(cert);
  if (Date.parse(validTo) - now < RENEW_BEFORE_MS) return false;
  const held = new Set(subjectAltName.split(', '));
  return names.every((name) => held.has(`DNS:${authority(name, port)}`));
}

/** Host and port as a URL has them. */
const authority = (name: string, port: number): string =>
  `${name.includes(':') ? `[${name}]` : name}:${port}`;

function extensions({ names, port }: CertificateWish): readonly Buffer[] {
  const both = names.flatMap((name) => [alternativeName(name), dnsName(authority(name, port))]);
  return [
    // It is its own authority: a client that trusts it needs no other.
    extension(OID_BASIC_CONSTRAINTS, sequence(TRUE), TRUE),
    // digitalSignature and keyCertSign.
    extension(OID_KEY_USAGE, bitString(2, Buffer.from([0x84])), TRUE),
    extension(OID_EXTENDED_KEY_USAGE, sequence(OID_SERVER_AUTH)),
    extension(OID_ALTERNATIVE_NAMES, sequence(...both)),
  ];
}

const alternativeName = (name: string): Buffer =>
  ipaddr.isValid(name) ? tlv(0x87, Buffer.from(ipaddr.parse(name).toByteArray())) : dnsName(name);

const dnsName = (name: string): Buffer => tlv(0x82, Buffer.from(name, 'latin1'));

const extension = (id: Buffer, value: Buffer, ...critical: readonly Buffer[]): Buffer =>
  sequence(id, ...critical, tlv(OCTET_STRING, value));

// DER (X.690): a tag, the length of what follows, and that.
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SET = 0x31;
const SEQUENCE = 0x30;
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...contents: readonly Buffer[]): Buffer => tlv(SEQUENCE, ...contents);

const bitString = (unusedBits: number, bytes: Buffer): Buffer =>
  tlv(BIT_STRING, Buffer.from([unusedBits]), bytes);

/** `YYMMDDhhmmssZ`, which serves until 2049. */
const utcTime = (at: number): Buffer =>
  tlv(UTC_TIME, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const oid = (...bytes: readonly number[]): Buffer => tlv(OBJECT_IDENTIFIER, Buffer.from(bytes));
const OID_COMMON_NAME = oid(0x55, 0x04, 0x03);
const OID_KEY_USAGE = oid(0x55, 0x1d, 0x0f);
const OID_ALTERNATIVE_NAMES = oid(0x55, 0x1d, 0x11);
const OID_BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);
const OID_EXTENDED_KEY_USAGE = oid(0x55, 0x1d, 0x25);
const OID_SERVER_AUTH = oid(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01);
const OID_ECDSA_SHA256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
