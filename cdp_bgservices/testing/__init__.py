"""For tests: wait for the events of a browser, set them off, and say what came instead.

``services`` is for trio, ``blocking`` for programs that await nothing (Playwright's synchronous API, Selenium),
``asynchronous`` for asyncio. The names are the same in all three.
"""
