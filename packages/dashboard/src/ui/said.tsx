import { visibleText } from '../format/visible-text.ts'

/** Something a target, user or file said: isolated from the text around it, with its hidden characters shown. */
export const Said = ({ children }: { children: string }) => <bdi>{visibleText(children)}</bdi>
