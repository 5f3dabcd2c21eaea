"""The notebook runs from the first cell to the last, on the wheel."""

import pytest

from conftest import REPOSITORY

NOTEBOOK = REPOSITORY / "python" / "examples" / "calls.ipynb"


# Jupyter's own warnings are none of ours.
@pytest.mark.filterwarnings("ignore")
def test_the_notebook_runs(tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("onnx", reason="the recipe reads models by it")
    # Settings and keys of the user stay out of it.
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), "the notebook is stored without outputs"
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(cwd=str(NOTEBOOK.parent))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = [set(output.get("data", {})) for output in outputs]
    assert sum("image/png" in kind for kind in kinds) == 3
    assert sum("text/html" in kind for kind in kinds) == 2
    # The table of the tuning, and what the file that it wrote says.
    printed = "".join(output["text"] for output in outputs if output["output_type"] == "stream" and output["name"] == "stdout")
    assert "mine.csv" in printed and " before " in printed and " after " in printed and "voxhumana-tuned" in printed
    assert any("'tuned'" in output["data"].get("text/plain", "") for output in outputs if "data" in output)
    assert "('identity'" in outputs[-1]["data"]["text/plain"]
