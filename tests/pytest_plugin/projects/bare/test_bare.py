def test_of_no_browser(bgservices):
    pass
