"""For tests: wait for the events of a browser, trigger them, and explain what happened instead.

``services`` is for trio, ``blocking`` for programs that await nothing (Playwright's synchronous API, Selenium),
``asynchronous`` for asyncio. The names are the same in all three.
"""
