import pytest
from ellar.testing import Test, TestClient

from chat.config import DevelopmentConfig

from ..module import AccountsModule

ADA = {"name": "ada", "password": "engine"}


class TestAccountsController:
    def setup_method(self) -> None:
        test_module = Test.create_test_module(
            modules=[AccountsModule],
            config_module=DevelopmentConfig,
        )
        self.client: TestClient = test_module.get_test_client()

    def is_logged_in(self) -> bool:
        return self.client.get("/login", follow_redirects=False).status_code == 303

    def test_page_is_served_with_what_it_needs(self) -> None:
        page = self.client.get("/login")
        assert "Log in" in page.text
        assert "grace, with" in page.text
        assert self.client.get("/static/accounts/login.js").status_code == 200
        assert self.client.get("/static/design/style.css").status_code == 200

    def test_login_lasts_until_logout(self) -> None:
        assert not self.is_logged_in()
        assert self.client.post("/login", json=ADA).status_code == 204
        assert self.is_logged_in()
        assert self.client.post("/logout").status_code == 204
        assert not self.is_logged_in()

    @pytest.mark.parametrize(
        "wrong",
        [{"password": "compiler"}, {"password": "Engine"}, {"name": "grace"}, {"name": "nobody"}, {"name": "Ada"}],
    )
    def test_wrong_name_and_wrong_password_are_refused_alike(self, wrong: dict[str, str]) -> None:
        answer = self.client.post("/login", json=ADA | wrong)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Wrong name or password"})
        assert not self.is_logged_in()

    def test_credentials_without_an_end_are_refused_before_they_are_hashed(self) -> None:
        assert self.client.post("/login", json=ADA | {"password": "x" * 201}).status_code == 422
        assert self.client.post("/login", json={"name": "ada"}).status_code == 422
