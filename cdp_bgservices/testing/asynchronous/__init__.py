"""Background services for asyncio, as Playwright's asynchronous API has it."""
