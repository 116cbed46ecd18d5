/** What the schema of a forest says of attributes and classes, by their names in lower case. */
export interface SchemaNames {
  /** The GUID that access control lists name an attribute by, and that of its property set. */
  attribute(
    name: string,
  ): { readonly guid?: string; readonly set?: string; readonly confidential?: boolean } | undefined
  /** The GUID that access control lists name a class by. */
  class(name: string): string | undefined
}

interface Attribute {
  readonly guid: string
  readonly set?: string
  readonly confidential?: boolean
}

const MEMBERSHIP = 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'
const RESTRICTIONS = '4c164200-20c0-11d0-a768-00aa006e0529'
const LOGON = '5f202010-79a5-11d0-9020-00c04fc2d4cf'
const PUBLIC = 'e48d0154-bcf8-11d1-8702-00c04fb96050'
const PERSONAL = '77b5b886-944a-11d1-aebd-0000f80367c1'
const GENERAL = '59ba2f42-79a2-11d0-9020-00c04fc2d3cf'

/** As Microsoft's schema has them, for what a forest does not tell. */
const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  member: { guid: 'bf9679c0-0de6-11d0-a285-00aa003049e2', set: MEMBERSHIP },
  serviceprincipalname: { guid: 'f3a64788-5306-11d1-a9c5-0000f80367c1', set: PUBLIC },
  'msds-keycredentiallink': { guid: '5b47d60f-6090-40b2-9f37-2a4de88f3063' },
  'msds-allowedtoactonbehalfofotheridentity': { guid: '3f78c3e5-f79a-46bd-a0b8-9d18116ddc79', set: RESTRICTIONS },
  'msds-allowedtodelegateto': { guid: '800d94d7-b7a1-42a1-b14d-7cae1423d07f', set: PUBLIC },
  'msds-groupmsamembership': { guid: '888eedd6-ce04-df40-b462-b8a50e41ba38' },
  useraccountcontrol: { guid: 'bf967a68-0de6-11d0-a285-00aa003049e2', set: RESTRICTIONS },
  pwdlastset: { guid: 'bf967a0a-0de6-11d0-a285-00aa003049e2', set: RESTRICTIONS },
  altsecurityidentities: { guid: '00fbf30c-91fe-11d1-aebc-0000f80367c1', set: PUBLIC },
  scriptpath: { guid: 'bf9679a8-0de6-11d0-a285-00aa003049e2', set: LOGON },
  lastlogontimestamp: { guid: 'c0e20a04-0e5a-4ff3-9482-5efeaecd7060', set: LOGON },
  sidhistory: { guid: '17eb4278-d167-11d0-b002-0000f80367c1', set: GENERAL },
  primarygroupid: { guid: 'bf967a00-0de6-11d0-a285-00aa003049e2', set: GENERAL },
  admincount: { guid: 'bf967918-0de6-11d0-a285-00aa003049e2' },
  gplink: { guid: 'f30e3bbe-9ff0-11d1-b603-0000f80367c1' },
  gpcfilesyspath: { guid: 'f30e3bc1-9ff0-11d1-b603-0000f80367c1' },
  'mspki-certificate-name-flag': { guid: 'ea1dddc4-60ff-416e-8cc0-17cee534bce7' },
  'mspki-enrollment-flag': { guid: 'd15ef7d8-f226-46db-ae79-b34e560bd12c' },
  description: { guid: 'bf967950-0de6-11d0-a285-00aa003049e2', set: PUBLIC },
  info: { guid: 'bf96793e-0de6-11d0-a285-00aa003049e2', set: PERSONAL },
  comment: { guid: 'bf967a6a-0de6-11d0-a285-00aa003049e2', set: GENERAL },
  userpassword: { guid: 'bf967a6e-0de6-11d0-a285-00aa003049e2' },
  unixuserpassword: { guid: '612cb747-c0e8-4f92-9221-fdd5f15b550d', confidential: true },
  operatingsystem: { guid: '3e978925-8c01-11d0-afda-00c04fd930c9' },
}

const CLASSES: Readonly<Record<string, string>> = {
  user: 'bf967aba-0de6-11d0-a285-00aa003049e2',
  computer: 'bf967a86-0de6-11d0-a285-00aa003049e2',
  group: 'bf967a9c-0de6-11d0-a285-00aa003049e2',
  organizationalunit: 'bf967aa5-0de6-11d0-a285-00aa003049e2',
  container: 'bf967a8b-0de6-11d0-a285-00aa003049e2',
  domaindns: '19195a5b-6da0-11d0-afd3-00c04fd930c9',
  grouppolicycontainer: 'f30e3bc2-9ff0-11d1-b603-0000f80367c1',
  inetorgperson: '4828cc14-1437-45bc-9b07-ad6f015e5f28',
  'msds-groupmanagedserviceaccount': '7b8b558a-93a5-4af7-adca-c017e67f1057',
  'msds-managedserviceaccount': 'ce206244-5827-4a86-ba1c-1c0c386c1b64',
  trusteddomain: 'bf967ab8-0de6-11d0-a285-00aa003049e2',
  pkicertificatetemplate: 'e5209ca2-3bba-11d2-90cc-00c04fd91ab1',
  pkienrollmentservice: 'ee4aa692-3bba-11d2-90cc-00c04fd91ab1',
  'msds-passwordsettings': '3bcd9db8-f84b-451c-952f-6c52b81f9ec6',
}

/** What such an account says of whom it stands for, lower case. */
export const SUCCESSOR_ATTRIBUTES: readonly string[] = ['msds-managedaccountprecededbylink', 'msds-delegatedmsastate']

/** Names of attributes that are looked up in the schema of a forest, lower case. */
export const LOOKED_UP: readonly string[] = [...Object.keys(ATTRIBUTES), ...SUCCESSOR_ATTRIBUTES]

/** Accounts that stand for others, since Windows Server 2025. */
export const SUCCESSOR_CLASS = 'msds-delegatedmanagedserviceaccount'

/**
 * What a forest told, with what Microsoft ships for the rest. Attributes of extensions (LAPS) are there only if it told of them, and so is
 * the class of accounts that stand for others, which gives rights that are worth much.
 */
export const schemaNames = (
  attributes: ReadonlyMap<string, Attribute> = new Map(),
  classes: ReadonlyMap<string, string> = new Map(),
): SchemaNames => ({
  attribute: (name) => attributes.get(name) ?? (Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined),
  class: (name) => classes.get(name) ?? (Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined),
})

/** Attributes that hold the password of a computer's local administrator, lower case. Never asked for. */
export const LOCAL_ADMIN_PASSWORDS: readonly string[] = [
  'ms-mcs-admpwd',
  'mslaps-password',
  'mslaps-encryptedpassword',
  'mslaps-encryptedpasswordhistory',
  'mslaps-encrypteddsrmpassword',
  'mslaps-encrypteddsrmpasswordhistory',
]

/** Attributes that say by when such a password has to be changed, which everybody may read; lower case. */
export const LOCAL_ADMIN_EXPIRIES: readonly string[] = ['ms-mcs-admpwdexpirationtime', 'mslaps-passwordexpirationtime']
