"""The whole model without a compiler, on the smallest world: the same tables at 1e-9."""

import os
import pickle
import subprocess
import sys

YEARS = 2
PROGRAM = """
import pickle, sys, warnings
warnings.simplefilter("error")
from simulator.model import TransitionModel
model = TransitionModel("baseline", overrides={"simulation": {"firms": 1, "end": 2021}})
for _ in range(int(sys.argv[2])):
    model.step()
with open(sys.argv[1], "wb") as file:
    pickle.dump(model.tables(), file)
"""


def test_plain_python_agrees_with_machine_code(run_model, tables_close, tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "plain.pickle"), str(YEARS)]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    plain = pickle.loads((tmp_path / "plain.pickle").read_bytes())
    compiled = run_model(YEARS, {"simulation": {"firms": 1, "end": 2021}}).tables()
    tables_close(plain, compiled)
