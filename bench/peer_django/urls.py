"""One address, the same as ours."""

from django.urls import path

from bench.peer_django.views import Ballots

urlpatterns = [
    path(
        "d/<str:district>/api/x/women_panel/sessions/<uuid:session_id>/cases/<uuid:case_id>/ballots",
        Ballots.as_view(),
    )
]
