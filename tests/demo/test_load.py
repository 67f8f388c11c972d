"""The demo's loading: once, all or nothing, and quickly."""
import time
import pytest
from server.demo.load import DemoSecrets, load_demo, try_line
from server.accounts.keys import new_key

@pytest.mark.django_db(transaction=True)
def test_x():
    s = DemoSecrets("a-long-password-xyz", new_key())
    t=time.time(); load_demo(s); print("T", time.time()-t)
    print(try_line("http://127.0.0.1:8000", s))
