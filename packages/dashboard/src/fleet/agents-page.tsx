import { useNavigate, useSearch } from '@tanstack/react-router'
import { Agents } from './agents.tsx'

/** The page of agents, with whichever of them the address names open. */
export const AgentsPage = () => {
  const { open } = useSearch({ from: '/agents' })
  const navigate = useNavigate({ from: '/agents' })
  return <Agents open={open} show={(id) => void navigate({ search: id === undefined ? {} : { open: id } })} />
}
