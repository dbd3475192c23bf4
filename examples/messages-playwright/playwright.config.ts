import type { BgservicesOptions } from '@cdp-bgservices/playwright';
import { defineConfig } from '@playwright/test';

export default defineConfig<BgservicesOptions>({
  testDir: 'tests',
  use: { bgservices: { lab: 'all', grant: true } },
});
