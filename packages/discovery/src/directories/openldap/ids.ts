/** The attribute that names an entry for good (RFC 4530), lower case. */
export const IDS = 'entryuuid'
