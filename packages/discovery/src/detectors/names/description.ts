/** Whether what is called so explains something, so that what it holds are examples. */
export const isDescription = (name: string): boolean => DESCRIBES.test(name)

const DESCRIBES = /^(?:description|documentation|docs?|help|usage|examples?|summary|epilog|return|__doc__)$/i
