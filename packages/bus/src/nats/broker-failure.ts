import { errors } from '@nats-io/transport-node'

/** Why the broker could not be reached or used, in a few words for people. What it said itself is not repeated: it may name anything. */
export const brokerFailure = (error: unknown): string => {
  if (error instanceof errors.AuthorizationError) return 'the broker refused the login'
  if (error instanceof errors.UserAuthenticationExpiredError) return 'the permission of the broker has expired'
  if (error instanceof errors.TimeoutError) return 'the broker did not answer in time'
  for (const known of causes(error)) {
    const sentence = byCode[codeOf(known)]
    if (sentence !== undefined) return sentence
    if (known.message.includes("does not support 'tls'")) return 'the broker offers no TLS, which is required of it'
    if (known.message === 'timeout') return 'the broker did not answer in time'
  }
  return 'the broker could not be used'
}

/** Whether the broker refused a subject to us. */
export const isForbidden = (error: unknown): boolean =>
  [...causes(error)].some((known) => known instanceof errors.PermissionViolationError)

/** What the broker refused, if that is what an error says. The subject is ours. */
export const refusedSubject = (error: unknown): string | undefined =>
  error instanceof errors.PermissionViolationError
    ? `the broker does not allow ${error.operation === 'publish' ? 'publishing on' : 'listening to'} ${error.subject}`
    : undefined

const byCode: Record<string, string | undefined> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the broker hung up',
  EPIPE: 'the broker hung up',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the broker could not be looked up',
  EHOSTUNREACH: 'there is no way to the broker',
  ENETUNREACH: 'there is no way to the broker',
  ETIMEDOUT: 'the broker did not answer in time',
  CERT_HAS_EXPIRED: "the broker's certificate has expired",
  CERT_NOT_YET_VALID: "the broker's certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "the broker's certificate is for another name",
  SELF_SIGNED_CERT_IN_CHAIN: "the broker's certificate is not by an authority that is trusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is not by an authority that is trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the broker's certificate is not by an authority that is trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the broker's certificate is not by an authority that is trusted",
  CERT_SIGNATURE_FAILURE: "the broker's certificate is not by an authority that is trusted",
  ROLLCALL_OTHER_PIN: "the broker's certificate is not the one that was pinned",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the broker wants a client certificate',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'the broker broke off the TLS handshake',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the broker does not trust our client certificate',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the broker does not speak TLS there',
}

function* causes(error: unknown): Generator<Error> {
  for (let [known, depth] = [error, 0]; known instanceof Error && depth < 5; known = known.cause, depth++) yield known
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')
