"""Suspensions as the member concerned reads them, and what staff decide about them."""
