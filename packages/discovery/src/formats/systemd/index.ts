export { readService, type Service, type UnitCommand, type UnitText } from './service.ts'
export { readTrigger, type Trigger } from './triggers.ts'
export { isTemplate, unitName, type SpecifierValues, type UnitName } from './unit-name.ts'
export {
  OTHER_LIB,
  SYSTEM_FOLDERS,
  SYSTEM_UNIT_SEARCH,
  UNIT_SEARCH,
  unitTree,
  type Unit,
  type UnitTree,
} from './unit-tree.ts'
