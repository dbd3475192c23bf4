"""Wait for a background sync in a browser that Selenium drives: python examples/selenium_sync.py http://localhost:8000/

Any other driver works alike: what it takes is the address of the browser's debugging port.
"""

import argparse

from selenium import webdriver
from selenium.webdriver.common.by import By

from cdp_bgservices.testing.blocking import open_background_services


def make_driver(chromium: str | None, chromedriver: str | None) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.add_argument("--headless=new")
    options.add_argument("--no-sandbox")  # for a container in which everything is root
    if chromium:
        options.binary_location = chromium
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="a page with a button that registers a sync")
    parser.add_argument("--button", default="button", help="its CSS selector")
    parser.add_argument("--chromium")
    parser.add_argument("--chromedriver")
    arguments = parser.parse_args()

    driver = make_driver(arguments.chromium, arguments.chromedriver)
    try:
        address = driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
        with open_background_services(address) as bgservices:
            bgservices.grant()
            driver.get(arguments.url)
            with bgservices.expect("backgroundSync", "Sync completed", timeout=10_000) as sync:
                driver.find_element(By.CSS_SELECTOR, arguments.button).click()
            print(sync.value.instance_id, sync.value.metadata["Status"])
            print(bgservices.push("hello").metadata["Status"])
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
