export { readService, type Service } from './service.ts'
export { readTrigger, type Trigger } from './triggers.ts'
export { isTemplate, type SpecifierValues } from './unit-name.ts'
export {
  OTHER_LIB,
  SYSTEM_FOLDERS,
  SYSTEM_UNIT_SEARCH,
  UNIT_SEARCH,
  unitTree,
  type Unit,
  type UnitTree,
} from './unit-tree.ts'
