/** Boots the interface: theme, query cache, router. What there is to see stands in routes.tsx. */
import './ui/styles.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api/query-client.ts'
import { sessionQuery } from './api/session.ts'
import { makeRouter } from './routes.tsx'
import { theme } from './ui/theme.ts'

const element = document.getElementById('root')
if (!element) throw new Error('index.html has no element with the id root')
const root = createRoot(element)
const router = makeRouter(queryClient)

// who is signed in comes first, or pages would flicker from "sign in" to what they are; a failure shows in them
await queryClient.query(sessionQuery()).catch(() => undefined)
root.render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
