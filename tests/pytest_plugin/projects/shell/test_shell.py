def test_that_needs_no_background_services(page, site):
    page.goto(site)


def test_that_does(page, bgservices):
    pass
