// `serve` cannot start.
import { test } from '@cdp-bgservices/playwright';

test('a test', async ({ page }) => {
  await page.goto('/');
});
